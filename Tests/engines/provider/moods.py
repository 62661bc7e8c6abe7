"""How our provider misbehaves, about one object by its attribute `mood`, or about any by the world's `faults.json`.

`mood` is "CALL:WHAT" or "CALL:WHAT:ARGUMENT", several separated by commas; `faults.json` a list of
{"call", "do", "argument", "type", "name", "times", "path"}, of which the first two are needed. CALL is one of validate,
configure, read, plan, apply (create, update and delete are its parts), import, upgrade, move, data. WHAT is one of

crash     the process is killed before anything is done; `crash-after`: when it is done, and not yet answered
fail      an error, at the attribute that `path` names; ARGUMENT is its text. `warn`: a warning, and it goes on
throttle  the first ARGUMENT times (1), as clouds say it
slow      it takes ARGUMENT seconds (60), or until it is told to stop. `deaf`: and can't be told
refuse    gRPC's own error, of the status ARGUMENT (UNAVAILABLE)
garble    an answer that is no msgpack. `mistype`: one of another type
contradict  a plan against the configuration, a new state against the plan
unknown   a new state that is still not known. `vanish`: none at all
linger    it is done, and the answer takes ARGUMENT seconds more
partial   the object is made, or changed, and then it fails
"""

import os
import signal
import time
from threading import Event


class Failed(Exception):
    """An error of a call. State: what there is nevertheless."""

    def __init__(self, summary, detail="", path=(), state=None):
        self.summary, self.detail, self.path, self.state = summary, detail, path, state


class Refused(Exception):
    """The call ends with gRPC's own error."""


class Mood:
    """What happens about one call: `after` holds what is left to do once it is done."""

    def __init__(self, world, call, part, type, name, words):
        self.after, self.warnings, self.argument = set(), [], None
        for fault in _faults(world, type, name, words):
            if fault["call"] in (call, part):
                key = f"{fault['call']}.{fault['do']}.{type}.{name}"
                if "times" not in fault or world.has_turn(key, fault["times"]):
                    self._begin(world, fault, key)

    def _begin(self, world, fault, key):
        do, argument = fault["do"], fault.get("argument")
        path = [("attribute", step) if isinstance(step, str) else ("index", step) for step in fault.get("path", [])]
        if do == "crash":
            die()
        elif do == "fail":
            raise Failed(argument or "it does not work", "The peer was told to fail.", path)
        elif do == "warn":
            self.warnings.append((argument or "it works, but not well", path))
        elif do == "throttle":
            if world.has_turn(key, int(argument or 1)):
                raise Failed("ThrottlingException: Rate exceeded", "Too many requests.")
        elif do == "slow":
            if STOP.wait(float(argument or 60)):
                raise Failed("it was stopped", "The peer was told to stop before it was done.")
        elif do == "deaf":
            time.sleep(float(argument or 60))
        elif do == "refuse":
            raise Refused(argument or "UNAVAILABLE")
        else:
            self.after.add(do)
            self.argument = argument


def _faults(world, type, name, words):
    for fault in world.faults() if world else ():
        if fault.get("type", type) == type and fault.get("name", name) == name:
            yield fault
    for word in words.split(",") if words else ():
        call, do, *argument = word.strip().split(":")
        yield {"call": call, "do": do, "argument": argument[0] if argument else None}


def die():
    os.kill(os.getpid(), signal.SIGKILL)


# Set by the protocol's Stop; a slow call waits for it.
STOP = Event()
