"""What TikTok answers, as far as we read it. Names are the platform's own, its spelling too."""

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr


class Answer(BaseModel):
    model_config = ConfigDict(
        coerce_numbers_to_str=True,  # ids are numbers of 64 bits
        defer_build=True,  # most processes read a few of these
    )


class Said[Data](Answer):
    """The envelope of every answer; what it says of an error was looked at before."""

    data: Data


class Granted(Answer):
    access_token: SecretStr
    refresh_token: SecretStr
    expires_in: int  # seconds
    open_id: str
    scope: str = ""  # separated by commas


class User(Answer):
    open_id: str
    display_name: str = ""
    username: str = ""  # with the scope user.info.profile alone


class OwnUser(Answer):
    user: User


class Creator(Answer):
    creator_username: str = ""
    privacy_level_options: list[str] = []
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    max_video_post_duration_sec: int | None = None


class BegunUpload(Answer):
    publish_id: str
    upload_url: str


class Begun(Answer):
    publish_id: str


class Status(Answer):
    status: str
    fail_reason: str | None = None
    uploaded_bytes: int | None = None
    post_ids: list[str] | None = Field(
        default=None,
        validation_alias=AliasChoices("publicaly_available_post_id", "publicly_available_post_id"),
    )


class Video(Answer):
    id: str
    create_time: int  # epoch seconds
    video_description: str = ""
    title: str = ""
    share_url: str = ""


class Videos(Answer):
    videos: list[Video] = []
    cursor: int = 0  # epoch milliseconds: what is listed next was posted before
    has_more: bool = False


class Measured(Answer, extra="allow"):
    """Its counts are in the extras: what was not asked for, or is not told, is not there."""

    id: str


class MeasuredVideos(Answer):
    videos: list[Measured] = []
