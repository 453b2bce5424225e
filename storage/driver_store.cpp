#include "storage/driver_store.h"

#include "storage/driver_layout.h"

#include <boost/asio/thread_pool.hpp>

namespace storage {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using spooler::DriverFile;
using spooler::StoredFile;

DriverStore::DriverStore(std::shared_ptr<DriverLayout> layout, std::unique_ptr<boost::asio::thread_pool> thread)
    : layout_(std::move(layout)), thread_(std::move(thread)) {}

DriverStore::~DriverStore() { thread_->join(); }

Result<std::unique_ptr<DriverStore>> DriverStore::open(const std::string& directory) {
    auto layout = std::make_shared<DriverLayout>(directory);
    const Result<void> prepared = layout->prepare();
    if (!prepared) {
        const Error& error = prepared.error();
        return Error(error.code() == Win32::file_not_found ? Win32::path_not_found : error.code(), "driver store: " + error.text());
    }
    return std::unique_ptr<DriverStore>(new DriverStore(std::move(layout), std::make_unique<boost::asio::thread_pool>(1)));
}

const std::string& DriverStore::share() const { return layout_->share(); }

template <class T>
Task<Result<T>> DriverStore::on_thread(std::function<Result<T>()> work) {
    return base::run_blocking<T>(thread_->get_executor(), std::move(work));
}

Task<Result<std::vector<StoredFile>>> DriverStore::store(std::vector<std::string> sources, spooler::DriverQuota quota) {
    std::function<Result<std::vector<StoredFile>>()> work = [layout = layout_, sources = std::move(sources), quota] {
        return layout->store(sources, quota);
    };
    return on_thread<std::vector<StoredFile>>(std::move(work));
}

Task<Result<void>> DriverStore::publish(std::vector<DriverFile> files) {
    return on_thread<void>([layout = layout_, files = std::move(files)] { return layout->publish(files); });
}

Task<Result<void>> DriverStore::withdraw(std::vector<DriverFile> files) {
    return on_thread<void>([layout = layout_, files = std::move(files)] { return layout->withdraw(files); });
}

Task<Result<void>> DriverStore::forget(std::vector<std::string> contents) {
    return on_thread<void>([layout = layout_, contents = std::move(contents)] { return layout->forget(contents); });
}

Result<std::vector<DriverFile>> DriverStore::sweep(std::span<const DriverFile> files) { return layout_->sweep(files); }

}  // namespace storage
