"""Clients of model servers: TensorFlow Serving's protocol and Open Inference, HTTP and gRPC; a far model as our own."""

from salver.client.aio import AsyncClient as AsyncClient
from salver.client.breaker import BreakerOptions as BreakerOptions
from salver.client.remote import Remote as Remote
from salver.client.remote import RemoteOptions as RemoteOptions
from salver.client.remote import connect_remote as connect_remote
from salver.client.sync import Client as Client
