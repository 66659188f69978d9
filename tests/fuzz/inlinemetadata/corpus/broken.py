# /// script
# dependencies = "a
# ///
# /// script
# a = [[[[[1]]]]]
# ///