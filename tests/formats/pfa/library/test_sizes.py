import pytest

from salver.formats.pfa.errors import PFARuntimeError
from salver.formats.pfa.library.sizes import MOST, bounded


def test_what_fits_is_given_back() -> None:
    assert bounded(0) == 0
    assert bounded(MOST) == MOST


def test_more_is_refused_with_the_size() -> None:
    with pytest.raises(PFARuntimeError, match=str(MOST + 1)):
        bounded(MOST + 1)
