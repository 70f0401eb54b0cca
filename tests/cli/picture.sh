# The README's picture is what the program draws; `make picture` rewrites it.
"$TOP/tests/picture" --check
