"""Two object stores on free ports of the loopback, until the standard input ends: moto's S3, which checks signatures
against the rights of its one user, and an emulator of Google Cloud Storage. One line tells where: the S3's
address, the user's access key and secret key, and the address of Google's.
"""

import json
import logging
import os
import socket
import sys

# What makes the user is not checked; everything after it is.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"

import boto3  # noqa: E402
from gcp_storage_emulator.server import create_server  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

logging.disable(logging.CRITICAL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as some:
        return some.getsockname()[1]


def make_user(endpoint: str) -> dict[str, str]:
    """A user of moto's who may do everything with S3, and his keys."""
    iam = boto3.client(
        "iam", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=json.dumps(rights))
    return iam.create_access_key(UserName="reader")["AccessKey"]


def main() -> None:
    s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    s3.start()
    host, port = s3.get_host_and_port()
    keys = make_user(f"http://{host}:{port}")
    google_port = free_port()
    google = create_server("127.0.0.1", google_port, in_memory=True)
    google.start()
    print(
        f"http://{host}:{port}", keys["AccessKeyId"], keys["SecretAccessKey"], f"http://127.0.0.1:{google_port}", flush=True)
    sys.stdin.read()
    os._exit(0)


main()
