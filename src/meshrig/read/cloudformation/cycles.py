"""Resources that wait for each other."""

from collections.abc import Mapping, Set


def find_cycle(needs: Mapping[str, Set[str]]) -> tuple[str, ...]:
    """One circle of names, its first repeated at the end; empty if there is none. ``needs``: name -> what it awaits."""
    done: set[str] = set()
    for start in needs:
        # A depth-first walk with its own stack: templates may chain hundreds of resources.
        path, pending = [start], [sorted(needs[start])]
        while path:
            if not pending[-1]:
                done.add(path.pop())
                pending.pop()
                continue
            following = pending[-1].pop()
            if following in path:
                return (*path[path.index(following) :], following)
            if following not in done and following in needs:
                path.append(following)
                pending.append(sorted(needs[following]))
    return ()
