"""How each file of the library is made: folder, name, and options of ``prefixsched generate``.

Those in the library's own folder are for examples, ``small`` ones are proved again by
the tests, ``medium`` ones were proved by ``certify.py``, and ``open`` ones were
not within 20 s.
"""

from __future__ import annotations

from typing import NamedTuple

SHOWN = """
rasq-n16        rasq --users 4 --per-user 4 --load 1.2 --seed 0 --name rasq-n16-s0
rasq-n48        rasq --users 12 --per-user 4 --load 1.2 --seed 0 --name rasq-n48-s0
"""

SMALL = """
rasq-n8         rasq --users 4 --per-user 2 --load 1.2 --seed 1
rasq-n12        rasq --users 4 --per-user 3 --load 0.9 --seed 2
rasq-n15-burst  rasq --users 5 --per-user 3 --load 2 --seed 3
rasq-n16-gap0   rasq --users 4 --per-user 4 --gap 0 --seed 4
rasq-n18        rasq --users 6 --per-user 3 --load 1.2 --seed 5
rasq-n20        rasq --users 5 --per-user 4 --load 1.2 --seed 6
rasq-n20-short  rasq --users 5 --per-user 4 --u 500 --d 2000 --load 1.2 --seed 7
rasq-n20-long   rasq --users 5 --per-user 4 --u 16000 --d 500 --load 1.2 --seed 8
rasq-n20-poisson rasq --users 5 --per-user 4 --load 1 --arrivals poisson --seed 9
rasq-n20-causal rasq --users 5 --per-user 4 --load 1.2 --attention-time 0.001 --seed 10
rasq-n24        rasq --users 6 --per-user 4 --load 1.2 --seed 11
rasq-n12-unbounded rasq --users 4 --per-user 3 --load 1.2 --cache unbounded --seed 12
rasq-n30-light  rasq --users 10 --per-user 3 --load 0.6 --seed 13
recommender-n12 recommender --users 4 --per-user 3 --templates 2 --load 1.2 --seed 1
recommender-n16 recommender --users 4 --per-user 4 --templates 1 --load 1 --seed 2
recommender-n20 recommender --users 5 --per-user 4 --templates 2 --load 0.9 --seed 3
recommender-n20-causal recommender --users 5 --per-user 4 --load 1 --attention-time 0.0005 --seed 4
conversation-6x3 conversation --chats 6 --turns 3 --load 0.9 --seed 1
conversation-8x3 conversation --chats 8 --turns 3 --load 1.1 --seed 2
conversation-12x2 conversation --chats 12 --turns 2 --load 0.8 --seed 3
conversation-6x3-unbounded conversation --chats 6 --turns 3 --load 1.2 --cache unbounded --seed 4
documents-n12   shared-documents --documents 4 --queries 12 --load 1.2 --seed 1
documents-n18   shared-documents --documents 5 --queries 18 --system 400 --load 1 --seed 2
documents-n20   shared-documents --documents 6 --queries 20 --zipf 1.5 --load 1.1 --seed 3
documents-n20-causal shared-documents --documents 6 --queries 20 --attention-time 0.01 --seed 4
agents-n16      agents --systems 2 --example-sets 2 --contexts 2 --per-context 2 --load 1.1 --seed 1
agents-n18      agents --systems 1 --example-sets 3 --contexts 2 --per-context 3 --load 1.2 --seed 2
agents-n24      agents --systems 2 --example-sets 2 --contexts 2 --per-context 3 --load 0.9 --seed 3
partition-m2-yes three-partition --m 2 --b 60 --yes --seed 1
partition-m3-yes three-partition --m 3 --b 100 --yes --seed 2
partition-m4-yes three-partition --m 4 --b 100 --yes --seed 3
partition-m6-yes three-partition --m 6 --b 100 --yes --prefix 10 --prompt 25 --seed 4
partition-m2-no three-partition --m 2 --b 60 --no --seed 1
partition-m3-no three-partition --m 3 --b 100 --no --seed 2
partition-m4-near three-partition --m 4 --b 100 --near --seed 3
partition-m6-near three-partition --m 6 --b 100 --near --prefix 10 --prompt 25 --seed 4
partition-m2-causal three-partition --m 2 --b 15 --yes --attention-time 1 --seed 5
partition-m3-causal three-partition --m 3 --b 12 --token-time 0.5 --attention-time 0.1 --seed 6
k-lpm-adversary-k1 k-lpm-adversary --k 1 --rounds 4
k-lpm-adversary-k2 k-lpm-adversary --k 2 --rounds 4
k-lpm-adversary-k4 k-lpm-adversary --k 4 --rounds 3
lpm-adversary-n21 lpm-adversary --queries 20 --own 100
fcfs-adversary-n20 fcfs-adversary --rounds 10
no-reuse-n20    no-reuse --queries 20 --load 1.2 --seed 1
equal-arrivals-n30 equal-arrivals --queries 30 --seed 1
equal-arrivals-n30-causal equal-arrivals --queries 30 --attention-time 0.002 --seed 2
"""

MEDIUM = """
rasq-n32        rasq --users 8 --per-user 4 --load 1.2 --seed 1
rasq-n40        rasq --users 10 --per-user 4 --load 1.2 --seed 2
rasq-n48-causal rasq --users 12 --per-user 4 --load 1.1 --attention-time 0.001 --seed 3
rasq-n60        rasq --users 15 --per-user 4 --load 0.9 --seed 4
rasq-n100       rasq --users 25 --per-user 4 --load 1.2 --seed 0
rasq-n100-light rasq --users 25 --per-user 4 --load 0.6 --seed 5
rasq-n100-poisson rasq --users 25 --per-user 4 --load 1 --arrivals poisson --seed 1
rasq-n24-unbounded rasq --users 8 --per-user 3 --load 1.1 --cache unbounded --seed 6
rasq-n60-unbounded rasq --users 15 --per-user 4 --load 1.2 --cache unbounded --seed 4
recommender-n32 recommender --users 8 --per-user 4 --templates 2 --load 0.9 --seed 1
conversation-12x3 conversation --chats 12 --turns 3 --load 1 --seed 2
documents-n30   shared-documents --documents 10 --queries 30 --load 1.2 --seed 3
agents-n36      agents --systems 2 --example-sets 2 --contexts 3 --per-context 3 --load 1 --seed 4
partition-m8-yes three-partition --m 8 --b 100 --yes --seed 5
partition-m8-no three-partition --m 8 --b 100 --no --seed 6
partition-m8-near three-partition --m 8 --b 100 --near --seed 7
partition-m12-yes three-partition --m 12 --b 100 --yes --seed 8
agents-n120-unbounded agents --load 1.2 --cache unbounded --seed 5
k-lpm-adversary-k8 k-lpm-adversary --k 8 --rounds 4
lpm-adversary-n101 lpm-adversary --queries 100 --own 1000
"""

OPEN = """
rasq-n100-causal rasq --users 25 --per-user 4 --load 1.2 --attention-time 0.001 --seed 2
rasq-n200       rasq --users 50 --per-user 4 --load 1.2 --seed 3
recommender-n100 recommender --users 20 --per-user 5 --load 1.1 --seed 1
conversation-40x4 conversation --chats 40 --turns 4 --load 1.2 --seed 2
documents-n120  shared-documents --documents 30 --queries 120 --load 1.2 --seed 3
agents-n120     agents --load 1.2 --seed 4
rasq-n400       rasq --users 100 --per-user 4 --load 1.1 --seed 6
partition-m16-near three-partition --m 16 --b 1000 --near --seed 1
partition-m24-yes three-partition --m 24 --b 1000 --yes --seed 2
partition-m32-near three-partition --m 32 --b 1000 --near --seed 3
partition-m6-causal three-partition --m 6 --b 30 --near --attention-time 1 --seed 4
"""


class Recipe(NamedTuple):
    """One file.

    Parameters
    ----------
    folder
        ``small``, ``medium`` or ``open``; ``.`` for what the README shows.
    name
        The file's name without ``.json``, and the instance's.
    generator
        The generator's name.
    options
        Its options, as words of the command line; a ``--name`` among them is the
        instance's, in place of the file's.
    """

    folder: str
    name: str
    generator: str
    options: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file, from the library's folder."""
        return f"{self.folder}/{self.name}.json".removeprefix("./")


def _read(folder: str, table: str) -> list[Recipe]:
    rows = (line.split() for line in table.strip().splitlines())
    return [Recipe(folder, name, generator, tuple(rest)) for name, generator, *rest in rows]


RECIPES = (
    *_read(".", SHOWN),
    *_read("small", SMALL),
    *_read("medium", MEDIUM),
    *_read("open", OPEN),
)
HAND_MADE = ("two-users.json",)
"""Files that no recipe makes."""
