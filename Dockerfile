# An image that stands in for tensorflow/serving: the same ports, environment, paths and entry point.
#   docker build -t salver .
#   docker run -p 8501:8501 -v "$PWD/wine:/models/wine" -e MODEL_NAME=wine salver
# docs/tensorflow-model-server.md says more.

FROM python:3.12-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN python -m venv /opt/salver \
    && /opt/salver/bin/pip install --no-cache-dir --disable-pip-version-check ".[tensorflow,tensorflow-text,tflite]"

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="salver" \
      org.opencontainers.image.description="Serves machine-learning models; stands in for tensorflow/serving" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/salver /opt/salver
COPY --chmod=755 docker/entrypoint.sh /usr/bin/tf_serving_entrypoint.sh
# Both commands also stand where those who name them by path look for them.
RUN ln -s /opt/salver/bin/salver /opt/salver/bin/tensorflow_model_server /usr/bin/ \
    && useradd --system --uid 10001 --create-home salver \
    && mkdir -p /models
ENV PATH=/opt/salver/bin:$PATH \
    MODEL_NAME=model \
    MODEL_BASE_PATH=/models \
    PYTHONUNBUFFERED=1
# gRPC and REST
EXPOSE 8500 8501
USER 10001
ENTRYPOINT ["/usr/bin/tf_serving_entrypoint.sh"]
