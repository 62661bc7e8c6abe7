"""What our provider makes: a folder with one JSON file for each object, `TYPE/NAME.json`, which anybody may change.

`calls.log` has a line for each call: its name, the type and the name of the object. Several processes may share a world.
"""

import json
import os
from threading import get_ident
from urllib.parse import quote, unquote


class World:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.log = os.open(f"{folder}/calls.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.faults_seen, self.faults_read = None, []

    def note(self, call, type, name):
        os.write(self.log, f"{call} {type} {name or '-'}\n".encode())

    def file(self, type, name):
        return f"{self.folder}/{type}/{quote(name, safe='')}.json"

    def names(self, type):
        try:
            files = os.listdir(f"{self.folder}/{type}")
        except FileNotFoundError:
            return []
        return sorted(unquote(file[:-5]) for file in files if file.endswith(".json"))

    def read(self, type, name):
        """None where there is no such object."""
        try:
            with open(self.file(type, name), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def create(self, type, name, fields):
        """Whether there was none of that name."""
        os.makedirs(f"{self.folder}/{type}", exist_ok=True)
        new = self._new(fields)
        try:
            os.link(new, self.file(type, name))
            return True
        except FileExistsError:
            return False
        finally:
            os.unlink(new)

    def write(self, type, name, fields):
        os.replace(self._new(fields), self.file(type, name))

    def delete(self, type, name):
        try:
            os.unlink(self.file(type, name))
        except FileNotFoundError:
            pass

    def _new(self, fields):
        new = f"{self.folder}/.{os.getpid()}.{get_ident()}"
        with open(new, "w", encoding="utf-8") as file:
            json.dump(fields, file, indent=1, sort_keys=True)
        return new

    def faults(self):
        """What `faults.json` says now: see moods.py."""
        try:
            seen = os.stat(f"{self.folder}/faults.json")
        except FileNotFoundError:
            return []
        key = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
        if key != self.faults_seen:
            with open(f"{self.folder}/faults.json", encoding="utf-8") as file:
                self.faults_read = json.load(file)
            self.faults_seen = key
        return self.faults_read

    def has_turn(self, what, times):
        """Whether this is one of the first so many times, counted over all processes."""
        for turn in range(times):
            try:
                os.close(os.open(f"{self.folder}/.turn.{quote(what, safe='')}.{turn}", os.O_CREAT | os.O_EXCL))
                return True
            except FileExistsError:
                continue
        return False
