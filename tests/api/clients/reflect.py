"""Calls order.v1 as a stranger does who has no .proto file: all that it knows comes through server reflection.

usage: reflect.py HOST:PORT METHOD JSON [METADATA=VALUE ...]; a stream's first message is printed."""

import sys

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

TIMEOUT_S = 30


def main(address: str, path: str, text: str, *pairs: str) -> int:
    metadata = [tuple(pair.split("=", 1)) for pair in pairs]
    with grpc.insecure_channel(address) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        service, name = path.split("/")
        method = pool.FindServiceByName(service).FindMethodByName(name)
        request = json_format.Parse(text, GetMessageClass(method.input_type)())
        answer = GetMessageClass(method.output_type)
        make = channel.unary_stream if method.server_streaming else channel.unary_unary
        call = make(f"/{path}", request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)
        try:
            said = call(request, metadata=metadata, timeout=TIMEOUT_S)
            said = next(said) if method.server_streaming else said
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
        print(json_format.MessageToJson(said, preserving_proto_field_name=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
