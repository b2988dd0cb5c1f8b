"""Prints what the rules make of each defect: `python -m tests.policy.mutations`; exit code 1 below 100 %."""

import sys
import warnings

from tests.policy.mutations.reads import JUDGED
from tests.policy.mutations.trials import judge, table


def main() -> int:
    """Judges all defects; returns the exit code."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the future program uses types of before, on purpose
    tallies = [judge(rule.id) for rule in JUDGED]
    mistakes = [sentence for one in tallies for sentence in one.mistakes]
    sys.stdout.write(table(tallies) + "\n")
    sys.stdout.writelines(f"{sentence}\n" for sentence in mistakes)
    share = sum(one.found for one in tallies) / sum(one.found + one.missed for one in tallies)
    sys.stdout.write(f"found {share:.1%}, false findings {sum(one.false for one in tallies)}\n")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
