"""All that is put to the test: one line for each subject, and its own file."""

from tellal.platforms.protocol import Guarantee
from tests.faults.subjects.bluesky import BLUESKY, GATED
from tests.faults.subjects.facebook import FACEBOOK, FACEBOOK_REELS, FACEBOOK_STORIES
from tests.faults.subjects.instagram import INSTAGRAM
from tests.faults.subjects.linkedin import LINKEDIN, ONLY_WRITING
from tests.faults.subjects.mastodon import ELSEWHERE, TRUE_MASTODON
from tests.faults.subjects.subject import Subject
from tests.faults.subjects.telegram import TELEGRAM
from tests.faults.subjects.threads import THREADS
from tests.faults.subjects.tiktok import TIKTOK
from tests.faults.subjects.x import X
from tests.faults.subjects.youtube import YOUTUBE

SUBJECTS: tuple[Subject, ...] = (
    TRUE_MASTODON,
    ELSEWHERE,
    BLUESKY,
    GATED,
    FACEBOOK,
    FACEBOOK_REELS,
    FACEBOOK_STORIES,
    INSTAGRAM,
    LINKEDIN,
    ONLY_WRITING,
    X,
    YOUTUBE,
    TIKTOK,
    THREADS,
    TELEGRAM,
)
SEARCHABLE = tuple(each for each in SUBJECTS if each.guarantee is Guarantee.SEARCHABLE)
RESUMABLE = tuple(each for each in SUBJECTS if each.guarantee is Guarantee.RESUMABLE)
