#include "spooler/scheduler.h"

#include <algorithm>

namespace spooler {
namespace {

constexpr std::uint32_t kDay = 1440;

// The shortest wait seen so far; 0 = none.
void note_wait(std::uint32_t& wait, std::uint32_t minutes) {
    if (minutes != 0) wait = wait == 0 ? minutes : std::min(wait, minutes);
}

}  // namespace

bool window_open(std::uint32_t start, std::uint32_t until, std::uint32_t minute) {
    start %= kDay;
    until %= kDay;
    if (start == until) return true;
    if (start < until) return minute >= start && minute < until;
    return minute >= start || minute < until;
}

std::uint32_t minutes_until_open(std::uint32_t start, std::uint32_t until, std::uint32_t minute) {
    if (window_open(start, until, minute)) return 0;
    return (start % kDay + kDay - minute) % kDay;
}

void ReadyList::put(const Candidate& candidate) {
    erase(candidate.id);
    by_id_.emplace(candidate.id, candidate);
    (candidate.complete ? complete_ : growing_).insert(candidate);
}

void ReadyList::erase(JobId id) {
    const auto at = by_id_.find(id);
    if (at == by_id_.end()) return;
    (at->second.complete ? complete_ : growing_).erase(at->second);
    by_id_.erase(at);
}

Choice ReadyList::pick(const PrinterRules& rules, std::uint32_t minute, const std::function<bool(JobId)>& blocked) const {
    Choice choice;
    if (by_id_.empty()) return choice;
    choice.retry_minutes = minutes_until_open(rules.start_time, rules.until_time, minute);
    if (choice.retry_minutes != 0) return choice;

    const auto can_print = [&](const Candidate& candidate) {
        if (!candidate.complete && rules.complete_only) return false;
        const std::uint32_t wait = minutes_until_open(candidate.start_time, candidate.until_time, minute);
        note_wait(choice.retry_minutes, wait);
        return wait == 0 && (!blocked || !blocked(candidate.id));
    };
    const auto first_of = [&](const Ordered& list) -> const Candidate* {
        const auto at = std::find_if(list.begin(), list.end(), can_print);
        return at == list.end() ? nullptr : &*at;
    };

    const auto linked = by_id_.find(rules.linked);
    if (linked != by_id_.end() && can_print(linked->second)) {
        choice.id = rules.linked;
        return choice;
    }
    const Candidate* complete = first_of(complete_);
    const Candidate* growing = rules.complete_only || (rules.complete_first && complete != nullptr) ? nullptr : first_of(growing_);
    const Candidate* best = complete;
    if (best == nullptr || (growing != nullptr && Before()(*growing, *best))) best = growing;
    if (best != nullptr) choice.id = best->id;
    return choice;
}

}  // namespace spooler
