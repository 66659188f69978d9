import a, b.c as d; from e import (f,
 g)
try: import h
x = """
import i
"""
from .j import k
x = (1,
def main(a=rb"\"", b=1e-5, c=0x1F_):\
 pass
