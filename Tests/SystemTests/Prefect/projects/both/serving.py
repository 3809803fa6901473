"""Serves a flow from this process."""

from typed import typed

if __name__ == "__main__":
    typed.serve(name="served", parameters={"number": 2}, interval=3600, tags=["served"])
