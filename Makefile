# A front to CMake:  make && make install [PREFIX=/usr/local] [DESTDIR=]
PREFIX ?= /usr/local
BUILD ?= target/cmake

.PHONY: all install
all:
	cmake -S . -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	cmake --build $(BUILD)

install: all
	DESTDIR=$(DESTDIR) cmake --install $(BUILD)
