# /// other
# /// script
# ///

# /// script
#
# dependencies = []
# ///
# ///
