// Asio's non-template half, compiled once (BOOST_ASIO_SEPARATE_COMPILATION) instead of into every translation unit.
#include <boost/asio/impl/src.hpp>
