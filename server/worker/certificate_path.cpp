#include "server/worker/certificate_path.h"

#include "base/limits.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

namespace server::worker {
namespace {

namespace limits = base::limits;

// OpenSSL tries one way only and never turns back: of several certificates that certify the same key it follows the first, even if only the
// second leads to a trusted authority. So the ways through what was offered are walked here, and OpenSSL judges each by itself.
class PathSearch {
 public:
    PathSearch(const STACK_OF(X509) * offered, const TrustStore& trust, const PathRules& rules)
        : offered_(offered), store_(trust.make_store()), rules_(rules) {}

    CertificatePath run(X509* signer) {
        path_ = {signer};
        CertificatePath result = judge(offered_);
        if (result.certificates || sk_X509_num(offered_) <= 0) return result;
        CertificatePath other = climb();
        return other.certificates ? std::move(other) : std::move(result);
    }

 private:
    CertificatePath climb() {
        CertificatePath result;
        if (path_.size() > limits::kMaxChainLength) return result;
        for (int i = 0; i < sk_X509_num(offered_) && !result.certificates && attempts_ < limits::kMaxChainAttempts; ++i) {
            X509* issuer = sk_X509_value(offered_, i);
            if (std::find(path_.begin(), path_.end(), issuer) != path_.end() || !has_issued(issuer, path_.back())) continue;
            path_.push_back(issuer);
            const OpensslPointer<STACK_OF(X509), free_stack_only> way(sk_X509_new_null());
            for (X509* certificate : path_) sk_X509_push(way.get(), certificate);
            result = judge(way.get());
            if (!result.certificates) result = climb();
            path_.pop_back();
        }
        return result;
    }

    CertificatePath judge(const STACK_OF(X509) * untrusted) {
        ++attempts_;
        CertificatePath result;
        const StoreContextPointer context(X509_STORE_CTX_new());
        // OpenSSL only reads the stack.
        if (X509_STORE_CTX_init(context.get(), store_.get(), path_.front(), const_cast<STACK_OF(X509)*>(untrusted)) != 1) {
            result.error = X509_V_ERR_OUT_OF_MEM;
            return result;
        }
        X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
        X509_VERIFY_PARAM_set_auth_level(parameters, rules_.auth_level);
        X509_VERIFY_PARAM_set_time(parameters, rules_.time);
        if (X509_verify_cert(context.get()) == 1) {
            result.certificates.reset(X509_STORE_CTX_get1_chain(context.get()));
            return result;
        }
        result.error = X509_STORE_CTX_get_error(context.get());
        if (X509* at = X509_STORE_CTX_get_current_cert(context.get()); at != nullptr && X509_up_ref(at) == 1) result.at.reset(at);
        return result;
    }

    const STACK_OF(X509) * offered_;
    StorePointer store_;
    const PathRules& rules_;
    std::vector<X509*> path_;
    std::size_t attempts_ = 0;
};

}  // namespace

CertificatePath find_trusted_path(X509* signer, const STACK_OF(X509) * offered, const TrustStore& trust, const PathRules& rules) {
    return PathSearch(offered, trust, rules).run(signer);
}

}  // namespace server::worker
