async def main(a: int, b: list[str] = ["x", 1, -2.5, {"k": (None, True)}], *, c: Optional[str] = None, d=lambda x, y: x,  # why
               e: "dict" = {}, **kw) -> dict:
    pass
if __name__ == "__main__": main()
