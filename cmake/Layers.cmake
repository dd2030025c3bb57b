# Who may use whom: the layer rule, one line per room, from the ground up.
#
# reshake_room() refuses a link that is not listed here, and tests/repository/test_layers.py reads the same lines to check
# every #include. `deps::x` is a third-party library; each has exactly one room.

reshake_layer(base)
reshake_layer(models base)
reshake_layer(net base models deps::ns3)
reshake_layer(tls base models deps::openssl)
reshake_layer(history base models)
reshake_layer(quic base models tls deps::ngtcp2)
reshake_layer(host base models net tls history quic)
reshake_layer(chaos base models net tls history quic host)
reshake_layer(world base models net tls history quic host chaos)
reshake_layer(bindings base models history world deps::pybind11)
