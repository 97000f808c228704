"""The tree of what can go wrong, without HTTP.

    ShisakuError
    ├── NotFoundError            no such thing, or not to be seen
    │   ├── DatasetNotFound  VersionNotFound  TableNotFound  DistributionNotFound
    │   └── OrganizationNotFound  SchemaNotFound  JobNotFound
    ├── GoneError                it was here and was withdrawn with a reason
    ├── RequestError             the caller's words are off; `field` names which
    │   └── PageNumberError      no page has that number (409, as CKAN answers)
    ├── RefusedUpload            stopped at the door: a bound is broken or nothing can be read
    ├── UnknownActorError        who acts is not known: no token, or not a good one
    ├── NotAllowedError          this actor may not do this
    ├── ConflictError            the state of the thing does not permit it
    ├── StoreUnavailable         the bucket with the files does not answer, or not with what was stored
    ├── UnfinishedJob            begun and recorded; it will be tried again by itself
    └── OperatorError            the installation is set up wrongly; the message says how to mend it

Every message is a Japanese sentence for the person who caused it.
"""

from __future__ import annotations


class ShisakuError(Exception):
    """Base of all errors raised on purpose; `str(error)` is the Japanese sentence."""

    title = "エラー"


class NotFoundError(ShisakuError):
    """No such thing, or nothing this reader may see."""

    title = "見つかりません"


class DatasetNotFound(NotFoundError):
    """No effective dataset of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"データセット「{name}」はありません。")


class VersionNotFound(NotFoundError):
    """No effective version of that number."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"データセット「{name}」の第{number}版はありません。")


class TableNotFound(NotFoundError):
    """The dataset has no table of that name."""

    def __init__(self, name: str, table: str) -> None:
        super().__init__(f"データセット「{name}」に表「{table}」はありません。")


class DistributionNotFound(NotFoundError):
    """No file at that address."""

    def __init__(self, address: str) -> None:
        super().__init__(f"「{address}」というファイルはありません。")


class OrganizationNotFound(NotFoundError):
    """No organization of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"組織「{name}」はありません。")


class SchemaNotFound(NotFoundError):
    """No Table Schema of that name and version."""

    def __init__(self, name: str, version: str | None = None) -> None:
        wanted = f"{name} {version}" if version else name
        super().__init__(f"スキーマ「{wanted}」はありません。")


class JobNotFound(NotFoundError):
    """No job of that number."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"ジョブ {job_id} はありません。")


class GoneError(ShisakuError):
    """It was published and has been withdrawn."""

    title = "取り下げられました"


class RequestError(ShisakuError):
    """A parameter cannot be understood.

    `field` is the parameter's name.
    """

    title = "指定が正しくありません"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class PageNumberError(RequestError):
    """A page number of the feed is not a whole number from 1 on."""


class RefusedUpload(ShisakuError):
    """The upload breaks a bound or cannot be read at all; nothing of it was kept.

    `rule` is the short name of the bound or fault, `mend` says what to do about it.
    """

    title = "受け取れません"

    def __init__(self, rule: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.mend = mend


class UnknownActorError(ShisakuError):
    """Who acts is not known."""

    title = "認証が必要です"


class NotAllowedError(ShisakuError):
    """The acting person may not do this."""

    title = "権限がありません"


class ConflictError(ShisakuError):
    """The state of the thing does not permit it."""

    title = "いまはできません"


class UnfinishedJob(ShisakuError):
    """A step of a job failed; the job stays and is tried again while the catalogue runs."""

    title = "まだ終わっていません"


class StoreUnavailable(ShisakuError):
    """The bucket does not answer, or not with what was stored; the log says why, the reader need not know."""

    title = "いまは答えられません"

    def __init__(self) -> None:
        super().__init__("ファイルの保管先が正しく答えません。しばらくしてから、もう一度お試しください。")


class OperatorError(ShisakuError):
    """The installation is set up wrongly; the message says how to mend it."""

    title = "設定に誤りがあります"
