// How much of something each user may hold, wherever he holds it: context handles in all association groups, descriptions of jobs in all
// queues. Owners keep the share that they were given; it goes back when it goes.
#pragma once

#include "base/sid.h"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace base {

// Thread-safe, a leaf (it may be used inside a Guarded). Always held by a shared_ptr: shares keep it.
class UserBudget : public std::enable_shared_from_this<UserBudget> {
 public:
    // Part of a user's budget, of one owner.
    class Share {
     public:
        Share() = default;
        Share(Share&& other) noexcept : budget_(std::move(other.budget_)), user_(other.user_), amount_(std::exchange(other.amount_, 0)) {}
        Share& operator=(Share&& other) noexcept {
            std::swap(budget_, other.budget_);
            std::swap(user_, other.user_);
            std::swap(amount_, other.amount_);
            return *this;
        }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share();

     private:
        friend class UserBudget;
        Share(std::shared_ptr<UserBudget> budget, const Sid& user, std::size_t amount)
            : budget_(std::move(budget)), user_(user), amount_(amount) {}

        std::shared_ptr<UserBudget> budget_;
        Sid user_;
        std::size_t amount_ = 0;
    };

    explicit UserBudget(std::size_t limit) : limit_(limit) {}
    // Nothing when the user would hold more than the limit. With `instead_of`, what that share holds (of the same user) does not count: it
    // is about to go. No more than that is always granted.
    [[nodiscard]] std::optional<Share> take(const Sid& user, std::size_t amount, const Share* instead_of = nullptr);
    // Whatever the limit says: what is there already must be held.
    [[nodiscard]] Share adopt(const Sid& user, std::size_t amount);
    [[nodiscard]] std::size_t held(const Sid& user) const;

 private:
    void give_back(const Sid& user, std::size_t amount);

    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::map<Sid, std::size_t> held_;
};

}  // namespace base
