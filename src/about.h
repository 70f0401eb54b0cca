/* What mtui-engine is here, and how it is confined. */
#ifndef ABOUT_H
#define ABOUT_H

/* Starts it and asks; on standard output. */
void about_print_engine(void);

#endif
