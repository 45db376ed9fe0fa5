// The TLS side of a server: certificate, key, and what it agrees to speak. Built once at start.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"

namespace scorekeeper::http {

// TLS 1.2 and later, forward-secret AEAD ciphers, ALPN http/1.1 only. Error invalid: names the file
// that cannot be used.
Result<std::unique_ptr<boost::asio::ssl::context>> open_tls(const std::string& cert_file,
                                                            const std::string& key_file);

}  // namespace scorekeeper::http
