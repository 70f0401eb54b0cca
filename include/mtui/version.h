/* The version of mtui and of its analysis core. */
#ifndef MTUI_VERSION_H
#define MTUI_VERSION_H

#define MTUI_VERSION "0.1.0"

#endif
