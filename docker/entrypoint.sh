#!/bin/sh
# Serves the model that the environment names. What is given to the container comes last, so it wins. The server takes
# this process's place, so that it hears of SIGTERM and drains.
exec tensorflow_model_server --port=8500 --rest_api_port=8501 \
  --model_name="${MODEL_NAME}" --model_base_path="${MODEL_BASE_PATH}/${MODEL_NAME}" "$@"
