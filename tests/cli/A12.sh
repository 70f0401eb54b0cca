# Links that lead in a circle, or nowhere.
ln -s a b
ln -s b a
run "$mtui" a
refused 3 'Too many levels of symbolic links'
ln -s nowhere c
run "$mtui" c
refused 3 'No such file or directory'
