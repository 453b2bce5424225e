#include "base/user_budget.h"

#include <algorithm>

namespace base {

UserBudget::Share::~Share() {
    if (budget_) budget_->give_back(user_, amount_);
}

std::optional<UserBudget::Share> UserBudget::take(const Sid& user, std::size_t amount, const Share* instead_of) {
    const std::size_t going = instead_of == nullptr ? 0 : instead_of->amount_;
    {
        const std::scoped_lock lock(mutex_);
        const auto at = held_.find(user);
        const std::size_t now = at == held_.end() ? 0 : at->second;
        const std::size_t rest = now - std::min(now, going);
        const bool fits = amount <= limit_ && rest <= limit_ - amount;
        if (!fits && amount > going) return std::nullopt;
        held_[user] += amount;
    }
    return Share(shared_from_this(), user, amount);
}

UserBudget::Share UserBudget::adopt(const Sid& user, std::size_t amount) {
    const std::scoped_lock lock(mutex_);
    held_[user] += amount;
    return Share(shared_from_this(), user, amount);
}

std::size_t UserBudget::held(const Sid& user) const {
    const std::scoped_lock lock(mutex_);
    const auto at = held_.find(user);
    return at == held_.end() ? 0 : at->second;
}

void UserBudget::give_back(const Sid& user, std::size_t amount) {
    const std::scoped_lock lock(mutex_);
    const auto at = held_.find(user);
    if (at == held_.end()) return;
    at->second -= std::min(at->second, amount);
    if (at->second == 0) held_.erase(at);
}

}  // namespace base
