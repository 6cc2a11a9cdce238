"""Where ministack 1.5.33 is not like AWS, made like AWS: one function per gap.

Each function says what AWS does, what ministack does, and which canary in
`tests/local/test_workarounds.py` fails once ministack does it too; then the function goes.
All of them replace names inside ministack, so its version is pinned exactly.

`FrontDoor` is no workaround but a convenience that only lives in the server's process.
"""

# ruff: noqa: SLF001 - what ministack does not offer by a public name is what is mended here

import hashlib
import io
import json
import os
import tempfile
import threading
import time
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

# ministack is not in the environment where types are checked.
import ministack.services.apigateway as http_apis  # type: ignore[import-not-found]
import ministack.services.cloudformation.provisioners as cloudformation  # type: ignore[import-not-found]
import ministack.services.lambda_svc as lambdas  # type: ignore[import-not-found]
from ministack.core import iam_actions, lambda_runtime  # type: ignore[import-not-found]
from ministack.services import sqs

type Response = tuple[int, dict[str, str], bytes]
type Message = dict[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Message, Receive, Send], Awaitable[None]]


def apply(*, lambda_python: str) -> None:
    """All of them, once, before ministack serves. `lambda_python` is what runs the Lambdas."""
    run_lambdas_with(lambda_python)
    unpack_layers_once()
    keep_integration_subtype()
    send_to_sqs_from_http_apis()
    answer_without_a_body()
    answer_preflights_as_configured()
    refuse_empty_message_attributes()
    try_throttled_batches_again()
    read_streams_that_begin_anew()
    allow_batches_to_who_may_send()
    tell_policies_the_namespace_of_metrics()
    tell_policies_in_whose_name_is_mailed()


def run_lambdas_with(interpreter: str) -> None:
    """A Lambda finds boto3 and its layers on AWS; under ministack it finds no boto3, but all that
    ministack itself needs.

    Canary: test_a_lambda_finds_boto3_and_nothing_else_that_its_layers_lack.
    """
    detect = lambda_runtime._detect_runtime_binary

    def with_interpreter(runtime: str) -> tuple[str, str]:
        binary, worker = detect(runtime)
        return (interpreter if runtime.startswith("python") else binary), worker

    lambda_runtime._detect_runtime_binary = with_interpreter


def unpack_layers_once() -> None:
    """AWS keeps a layer ready for every new worker; ministack unpacks and compiles it anew each
    time, a second and more for ours.

    Canary: test_workers_share_what_their_layer_was_unpacked_to.
    """
    spawn = lambda_runtime.Worker._spawn

    def spawn_with_unpacked_layers(worker: Any) -> None:
        config = worker.config
        attached = [lambdas._resolve_layer_zip(layer) for layer in config.get("Layers", [])]
        layers = [unpacked(layer) for layer in attached if layer]
        variables = {
            **config.get("Environment", {}).get("Variables", {}),
            "_LAMBDA_LAYERS_DIRS": os.pathsep.join(layers),
        }
        worker.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(worker)
        finally:
            worker.config = config

    lambda_runtime.Worker._spawn = spawn_with_unpacked_layers


unpacking = threading.Lock()


def unpacked(layer: bytes) -> str:
    """The folder that holds a layer's files, for as long as the server runs."""
    folder = Path(tempfile.gettempdir()) / "layers" / hashlib.sha256(layer).hexdigest()
    with unpacking:
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            zipfile.ZipFile(io.BytesIO(layer)).extractall(unfinished)
            unfinished.rename(folder)
    return str(folder)


def revisions_of_functions() -> list[str]:
    """Changes with every deployment that changes a function, its layers or its settings."""
    return sorted(
        function["config"]["RevisionId"] for _, function in lambdas._functions.all_items()
    )


def keep_integration_subtype() -> None:
    """AWS makes the integration a template asks for; ministack forgets its `IntegrationSubtype`.

    Canary: test_webhook_reaches_the_queue_without_code_of_ours.
    """
    properties_of = cloudformation._apigw_v2_integration_props

    def with_subtype(properties: Mapping[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = properties_of(properties)
        if subtype := properties.get("IntegrationSubtype"):
            kept["integrationSubtype"] = subtype
        return kept

    cloudformation._apigw_v2_integration_props = with_subtype


def send_to_sqs_from_http_apis() -> None:
    """An HTTP API can send a request to SQS itself; ministack looks for a Lambda and answers 502.

    Canary: test_webhook_reaches_the_queue_without_code_of_ours.
    """
    invoke_lambda = http_apis._invoke_lambda_proxy

    async def invoke(integration: Mapping[str, Any], *request: Any, **more: Any) -> Response:
        if integration.get("integrationSubtype") != "SQS-SendMessage":
            answer: Response = await invoke_lambda(integration, *request, **more)
            return answer
        api_id, stage, path, method, headers, body, query, route_key, path_values = request

        def mapped(value: str) -> str | None:
            if value == "$request.body":
                return (body or b"").decode(errors="replace")
            found: str | None = http_apis._resolve_mapping_value(
                value,
                request_headers=headers,
                request_query=query or {},
                path_params=path_values or {},
                context_vars={"httpMethod": method, "path": path, "routeKey": route_key},
                stage_vars=http_apis._get_stage_variables(api_id, stage),
            )
            return found

        return send(
            {name: mapped(value) for name, value in integration["requestParameters"].items()}
        )

    http_apis._invoke_lambda_proxy = invoke


def answer_without_a_body() -> None:
    """A function may answer with a body of null, as Powertools does to a 204; ministack fails.

    Canary: test_a_function_may_answer_without_a_body.
    """
    invoke_lambda = http_apis._invoke_lambda_proxy

    async def invoke(*request: Any, **more: Any) -> Response:
        status, headers, body = await invoke_lambda(*request, **more)
        return status, headers, body or b""

    http_apis._invoke_lambda_proxy = invoke


def send(parameters: Mapping[str, str | None]) -> Response:
    """Send to SQS what the mapping made of a request.

    Like AWS, the mapping put values in as plain text before the attributes are read as JSON. So
    a header that holds `","` ends the string it was put into: nobody may trust an attribute.
    """
    message: dict[str, Any] = {name: value for name, value in parameters.items() if value}
    try:
        if attributes := message.get("MessageAttributes"):
            message["MessageAttributes"] = dict(json.loads(attributes))
        sent = sqs._act_send_message(message, "")
    except (ValueError, TypeError, sqs._Err) as error:
        refused = json.dumps({"message": str(error)}).encode()
        return 400, {"Content-Type": "application/json"}, refused
    return (
        200,
        {"Content-Type": "text/xml"},
        f"<SendMessageResponse><SendMessageResult><MessageId>{sent['MessageId']}</MessageId>"
        f"<MD5OfMessageBody>{sent['MD5OfMessageBody']}</MD5OfMessageBody>"
        "</SendMessageResult></SendMessageResponse>".encode(),
    )


def refuse_empty_message_attributes() -> None:
    """SQS refuses an attribute without a value; ministack takes it.

    Canary: test_a_message_attribute_must_not_be_empty.
    """
    send_message = sqs._act_send_message

    def checked(data: Mapping[str, Any], queue_url: str) -> Any:
        for name, value in (data.get("MessageAttributes") or {}).items():
            if not isinstance(value, dict) or not (
                value.get("StringValue") or value.get("BinaryValue")
            ):
                sentence = f"Message (user) attribute '{name}' must contain a non-empty value."
                raise sqs._Err("InvalidParameterValue", sentence)
        return send_message(data, queue_url)

    sqs._act_send_message = sqs._HANDLERS["SendMessage"] = checked


def answer_preflights_as_configured() -> None:
    """CORS set by a template works on AWS; ministack stores it spelled `AllowOrigins`, reads
    `allowOrigins`, and answers every preflight 403.

    Canary: test_a_browser_may_call_what_the_template_allows.
    """

    def reading(answer: Callable[[Mapping[str, Any], str], Any]) -> Callable[..., Any]:
        def read(configured: Mapping[str, Any], origin: str) -> Any:
            return answer({key[0].lower() + key[1:]: configured[key] for key in configured}, origin)

        return read

    http_apis._cors_response_headers = reading(http_apis._cors_response_headers)
    http_apis._cors_preflight_response = reading(http_apis._cors_preflight_response)


def try_throttled_batches_again() -> None:
    """AWS's poller of a queue keeps a batch that found no free Lambda, and tries it again;
    ministack takes it for failed, and its messages are not seen before their time-out is over.

    Canary: test_a_burst_of_messages_waits_for_no_time_out.
    """
    execute, run = lambdas._execute_function, lambdas._run_sqs_batch
    here = threading.local()

    def execute_patiently(function: Any, event: Any) -> Any:
        result = execute(function, event)
        while result.get("throttle") and getattr(here, "is_polled", False):
            time.sleep(0.02)
            result = execute(function, event)
        return result

    def run_patiently(*batch: Any) -> None:
        here.is_polled = True
        try:
            run(*batch)
        finally:
            here.is_polled = False

    lambdas._execute_function, lambdas._run_sqs_batch = execute_patiently, run_patiently


def read_streams_that_begin_anew() -> None:
    """AWS keeps a table's stream for a day. ministack forgets it when it stops, but not how far
    each function had read it: started again, it waits for as many records as there were before.

    Canary: test_a_stream_is_read_on_after_a_restart.
    """
    restore = lambdas._restore_esm_positions

    def restored(positions: Any, kept: Any) -> None:
        restore(positions, kept)
        if positions is lambdas._dynamodb_stream_positions:
            positions._data.update(dict.fromkeys(positions._data, 0))

    lambdas._restore_esm_positions = restored


def allow_batches_to_who_may_send() -> None:
    """Sending messages together needs `sqs:SendMessage` on AWS, which knows no other name for it;
    ministack, with IAM enforced, asks for `sqs:SendMessageBatch`.

    Canary: test_who_may_send_a_message_may_send_several.
    """
    action_of = iam_actions.extract_iam_action

    def by_the_right_to_send(*request: Any) -> str | None:
        action: str | None = action_of(*request)
        return "sqs:SendMessage" if action == "sqs:SendMessageBatch" else action

    iam_actions.extract_iam_action = by_the_right_to_send


def tell_policies_the_namespace_of_metrics() -> None:
    """A policy may say in which namespace metrics are put; ministack, with IAM enforced, does not
    tell it, so that it refuses all of them.

    Canary: test_metrics_may_be_put_where_the_policy_says.
    """
    context_of = iam_actions.request_tag_context

    def with_namespace(
        service: str, action: str, body: bytes, parameters: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        context = context_of(service, action, body, parameters)
        if action != "cloudwatch:PutMetricData":
            return dict(context)
        namespace = iam_actions._param(body, parameters, "Namespace")
        return {**context, "cloudwatch:namespace": namespace}

    iam_actions.request_tag_context = with_namespace


def tell_policies_in_whose_name_is_mailed() -> None:
    """A policy may say from which identity is mailed; ministack, with IAM enforced, does not tell
    it for SES v2, so that it refuses all mail.

    Canary: test_mail_may_be_sent_in_the_name_that_the_policy_says.
    """
    resource_of = iam_actions._ses_v2_resource_arn

    def with_sender(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        if path.rstrip("/") != "/v2/email/outbound-emails":
            return str(resource_of(method, path, body, region, account_id))
        sender = json.loads(body)["FromEmailAddress"]
        return f"arn:aws:ses:{region}:{account_id}:identity/{sender}"

    iam_actions._ses_v2_resource_arn = with_sender


class FrontDoor:
    """What our HTTP API is under its own domain: each request on the front port goes to its
    `$default` stage, whole and unread. Which API that is, is looked up at every request, because
    a reset or a deployment may have changed it."""

    def __init__(self, aws: Application, front_port: int) -> None:
        self.aws = aws
        self.front_port = front_port

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["server"][1] == self.front_port:
            api_id = next((key[-1] for key, _ in http_apis._apis.all_items()), None)
            if api_id is None:
                await say_nothing_is_deployed(send)
                return
            prefix = f"/_aws/execute-api/{api_id}/$default"
            scope = {
                **scope,
                "path": prefix + scope["path"],
                "raw_path": prefix.encode() + scope["raw_path"],
            }
        await self.aws(scope, receive, send)


async def say_nothing_is_deployed(send: Send) -> None:
    plain = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 503, "headers": plain})
    await send({"type": "http.response.body", "body": b"Nothing is deployed here yet.\n"})
