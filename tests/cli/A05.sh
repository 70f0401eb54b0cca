# A directory.
run "$mtui" /etc
refused 3 'mtui: /etc: ' 'is a directory'
