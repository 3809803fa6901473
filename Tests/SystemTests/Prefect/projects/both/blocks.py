"""Blocks: registered, saved, saved again, nested, loaded, deleted; secrets."""

from typing import Optional

from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.filesystems import LocalFileSystem

try:
    from prefect.blocks.system import JSON
except ImportError:
    JSON = None

if JSON is None:
    from pydantic import SecretStr
else:
    from pydantic.v1 import SecretStr


class JourneyPart(Block):
    _block_type_slug = "journey-part"
    size: int = 1


class JourneyBlock(Block):
    """A block of this journey."""

    _block_type_name = "Journey Block"
    _logo_url = "https://example.com/logo.png"
    address: str
    token: SecretStr = SecretStr("unset")
    part: Optional[JourneyPart] = None


def main():
    JourneyBlock.register_type_and_schema()
    part = JourneyPart(size=4)
    part.save("part", overwrite=True)
    JourneyBlock(address="http://one", token="hidden", part=part).save("whole", overwrite=True)
    try:
        JourneyBlock(address="http://two").save("whole")
    except ValueError:
        print("DUPLICATE")
    JourneyBlock(address="http://three", token="hidden", part=part).save("whole", overwrite=True)
    whole = JourneyBlock.load("whole")
    print("LOADED", whole.address, whole.token.get_secret_value(), whole.part.size)
    print("BY SLUG", Block.load("journey-block/whole").address)
    try:
        JourneyBlock.load("missing")
    except ValueError:
        print("MISSING")
    Secret(value="whisper").save("quiet", overwrite=True)
    print("SECRET", Secret.load("quiet").get())
    if JSON is None:
        Secret(value={"a": 1}).save("quiet-object", overwrite=True)
        print("SECRET", Secret.load("quiet-object").get())
    else:
        JSON(value={"k": [1]}).save("object", overwrite=True)
        print("JSON", JSON.load("object").value)
    LocalFileSystem(basepath="/some/place").save("files", overwrite=True)
    print("FILES", LocalFileSystem.load("files").basepath)
    JourneyBlock.delete("whole")


if __name__ == "__main__":
    main()
