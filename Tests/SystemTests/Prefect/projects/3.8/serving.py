"""Serves a flow from this process, two runs at once here and one everywhere."""

from typed import typed

if __name__ == "__main__":
    typed.serve(name="served", parameters={"number": 2}, interval=3600, tags=["served"], limit=2, global_limit=1)
