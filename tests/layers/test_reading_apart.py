"""Whether uploads can be read apart as on AWS: with what a Lambda hands on, and no more."""

from os import pathsep
from pathlib import Path

import pytest

from bench.runtime import ALWAYS, ROOT, Runtime, folders
from tests.documents import pdf
from tests.readers import overhear, seen
from tests.videos import CLIP

# As Python's runtime has them:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
NEEDED = {
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task"
    ":/var/task/lib:/opt/lib",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}
SECRET = "nobody's business"
SECRETS = {
    "AWS_ACCESS_KEY_ID": SECRET,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": SECRET,
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": SECRET,
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "KEY_ID": SECRET,
}
READ = """
import pathlib
sys.path.insert(0, sys.argv[1])
from tellal.config import bare_environment
from tellal.media.probing import probe
body = pathlib.Path(sys.argv[2]).read_bytes()
read = lambda start, length: body[start : start + length]
found = probe(read, size=len(body), claimed=sys.argv[3], environment=bare_environment())
assert found.video or found.pages, found
"""


@pytest.mark.parametrize(
    ("body", "mime_type"), [(CLIP, "video/mp4"), (pdf(1), "application/pdf")], ids=["film", "pdf"]
)
def test_a_file_is_read_with_what_lambda_needs_to_begin_and_with_no_secret(
    runtime: Runtime, tmp_path: Path, body: bytes, mime_type: str
) -> None:
    overhear(tmp_path)
    file = tmp_path / "file"
    file.write_bytes(body)

    environment = {**ALWAYS, **NEEDED, **SECRETS}
    asked = (str(tmp_path), str(file), mime_type)
    runtime.run(READ, *asked, function="api", environment=environment)

    found = dict(seen(tmp_path))
    places = found.pop("PYTHONPATH").split(pathsep)
    assert found == NEEDED
    layers = [place for place in folders("api") if place != str(ROOT / "functions" / "api")]
    assert layers == [place for place in places if place in layers]
