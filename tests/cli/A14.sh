# A path that is too long.
run "$mtui" "$(printf '%05000d' 0)"
refused 3 'File name too long'
