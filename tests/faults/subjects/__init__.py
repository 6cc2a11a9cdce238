"""All that is put to the test: one line for each subject, and its own file."""

from tellal.platforms.protocol import Guarantee
from tests.faults.subjects.bluesky import BLUESKY
from tests.faults.subjects.facebook import FACEBOOKS
from tests.faults.subjects.mastodon import ELSEWHERE, TRUE_MASTODON
from tests.faults.subjects.subject import Subject

SUBJECTS: tuple[Subject, ...] = (TRUE_MASTODON, ELSEWHERE, BLUESKY, *FACEBOOKS)
SEARCHABLE = tuple(each for each in SUBJECTS if each.guarantee is Guarantee.SEARCHABLE)
