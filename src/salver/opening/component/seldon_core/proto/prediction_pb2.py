"""Seldon's messages, under the names of protobuf's generated code."""

from salver.protocols.messages import message

DefaultData = message("seldon.protos.DefaultData")
Feedback = message("seldon.protos.Feedback")
Meta = message("seldon.protos.Meta")
Metric = message("seldon.protos.Metric")
RequestResponse = message("seldon.protos.RequestResponse")
SeldonGraphMetadata = message("seldon.protos.SeldonGraphMetadata")
SeldonMessage = message("seldon.protos.SeldonMessage")
SeldonMessageList = message("seldon.protos.SeldonMessageList")
SeldonMessageMetadata = message("seldon.protos.SeldonMessageMetadata")
SeldonModelMetadata = message("seldon.protos.SeldonModelMetadata")
SeldonModelMetadataRequest = message("seldon.protos.SeldonModelMetadataRequest")
Status = message("seldon.protos.Status")
Tensor = message("seldon.protos.Tensor")
