# ruff: noqa
# mypy: ignore-errors
"""A model that is given whole messages: dicts by REST, protobuf by gRPC."""

from seldon_core.proto import prediction_pb2
from seldon_core.utils import array_to_grpc_datadef, get_data_from_proto, json_to_seldon_message, seldon_message_to_json


class Raw(object):
    def predict_raw(self, msg):
        is_proto = isinstance(msg, prediction_pb2.SeldonMessage)
        if is_proto:
            array = get_data_from_proto(msg)
            data = array_to_grpc_datadef("tensor", array * 2, ["twice"] * array.shape[1])
            answer = prediction_pb2.SeldonMessage(data=data)
            answer.meta.tags["kind"].string_value = "proto"
            answer.meta.metrics.add(key="raw", type=prediction_pb2.Metric.GAUGE, value=2)
            return answer
        twice = [[value * 2 for value in row] for row in msg["data"]["ndarray"]]
        return {
            "data": {"names": ["twice"] * len(twice[0]), "ndarray": twice},
            "meta": {"tags": {"kind": "json"}, "metrics": [{"key": "raw", "type": "COUNTER", "value": 3}]},
        }

    def predict(self, X, names):
        raise RuntimeError("the raw method takes precedence")

    def transform_input_raw(self, msg):
        message = json_to_seldon_message(msg) if isinstance(msg, dict) else msg
        message.strData = "was " + str(get_data_from_proto(message).tolist())
        return seldon_message_to_json(message)

    def send_feedback_raw(self, feedback):
        return prediction_pb2.SeldonMessage(strData="reward %.1f" % feedback.reward)

    def aggregate_raw(self, msgs):
        messages = msgs["seldonMessages"] if isinstance(msgs, dict) else msgs
        return {"jsonData": {"children": len(messages)}}

    def route_raw(self, msg):
        return {"data": {"ndarray": [[1]]}}

    def health_status_raw(self):
        return {"strData": "raw and well"}
