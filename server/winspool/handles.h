// What stands behind the context handles of the printing interfaces (architecture §8): printer, server, job, port, Xcv. The access mask
// is decided once, at open; operations ask require(). Used by the *_ops files. The notification handle is in notify_handle.h.
#pragma once

#include "base/guarded.h"
#include "base/user_budget.h"
#include "dcerpc/server/handle_table.h"
#include "server/winspool/levels/reply_context.h"
#include "spooler/queue.h"

#include <memory>
#include <string>
#include <vector>

namespace server {

// Something that lives only as long as the handle it was registered on: a notification.
class HandleDependent {
 public:
    virtual ~HandleDependent() = default;
    virtual void owner_closed() = 0;                               // thread-safe
};

class SpoolHandle : public dcerpc::HandleObject {
 public:
    SpoolHandle(ReplyContextPtr context, std::uint32_t granted) : context_(std::move(context)), granted_(granted) {}
    SpoolHandle(const SpoolHandle&) = delete;
    SpoolHandle& operator=(const SpoolHandle&) = delete;

    // access_denied unless every bit was granted at open.
    [[nodiscard]] base::Result<void> require(std::uint32_t mask) const;
    [[nodiscard]] std::uint32_t granted() const { return granted_; }
    // The server name that the client used at open; echoed in replies.
    [[nodiscard]] const ReplyContextPtr& context() const { return context_; }

    void add_dependent(const std::shared_ptr<HandleDependent>& dependent);
    // ClosePrinter: an open document is ended, not aborted.
    virtual base::Task<base::Result<void>> close();
    base::Task<void> rundown() override;

 protected:
    void end_dependents();

 private:
    const ReplyContextPtr context_;
    const std::uint32_t granted_;
    base::Guarded<std::vector<std::weak_ptr<HandleDependent>>> dependents_;
};

class ServerHandle : public SpoolHandle {
 public:
    using SpoolHandle::SpoolHandle;
};

// A handle that can have one open document. Its members change only in calls that hold the handle's gate.
class DocumentHandle : public SpoolHandle {
 public:
    DocumentHandle(ReplyContextPtr context, std::uint32_t granted, std::string machine_name)
        : SpoolHandle(std::move(context), granted), machine_name_(std::move(machine_name)) {}

    // The printer that takes documents of this handle; null when there is none (a port without printer).
    [[nodiscard]] virtual spooler::PrinterQueuePtr queue() const = 0;
    [[nodiscard]] const std::string& machine_name() const { return machine_name_; }     // "\\CLIENT", for jobs

    base::Task<base::Result<void>> close() override;
    base::Task<void> rundown() override;

    // Both of OpenPrinter or ResetPrinter. The DEVMODE's bytes count against `user`: not_enough_quota, and nothing changes.
    base::Result<void> set_defaults(std::string datatype, spooler::DevModePtr devmode, base::UserBudget& budget, const base::Sid& user);
    [[nodiscard]] const std::string& datatype() const { return datatype_; }            // empty: the printer's
    [[nodiscard]] const spooler::DevModePtr& devmode() const { return devmode_; }      // null: the printer's

    spooler::JobWriterPtr document;
    bool write_cancelled = false;                                  // a WritePrinter since StartDocPrinter met a cancelled job

 private:
    const std::string machine_name_;
    std::string datatype_;
    spooler::DevModePtr devmode_;
    base::UserBudget::Share share_;                                // for devmode_
};

class PrinterHandle : public DocumentHandle {
 public:
    PrinterHandle(ReplyContextPtr context, std::uint32_t granted, std::string machine_name, spooler::QueueUse use)
        : DocumentHandle(std::move(context), granted, std::move(machine_name)), use_(std::move(use)) {}
    [[nodiscard]] spooler::PrinterQueuePtr queue() const override { return use_.queue(); }

 private:
    spooler::QueueUse use_;
};

// Documents go to a printer of the port, past its own rules of the queue only as far as "RAW" goes.
class PortHandle : public DocumentHandle {
 public:
    PortHandle(ReplyContextPtr context, std::uint32_t granted, std::string machine_name, std::string port, spooler::QueueUse use)
        : DocumentHandle(std::move(context), granted, std::move(machine_name)), port_(std::move(port)), use_(std::move(use)) {}
    [[nodiscard]] spooler::PrinterQueuePtr queue() const override { return use_.queue(); }
    [[nodiscard]] const std::string& port() const { return port_; }

 private:
    const std::string port_;
    spooler::QueueUse use_;
};

class JobHandle : public SpoolHandle {
 public:
    JobHandle(ReplyContextPtr context, std::uint32_t granted, spooler::QueueUse use, spooler::JobId job)
        : SpoolHandle(std::move(context), granted), use_(std::move(use)), job_(job) {}
    [[nodiscard]] const spooler::PrinterQueuePtr& queue() const { return use_.queue(); }
    [[nodiscard]] spooler::JobId job() const { return job_; }

    std::unique_ptr<spooler::SpoolReader> reader;                  // made by the first ReadPrinter; under the gate

 private:
    spooler::QueueUse use_;
    const spooler::JobId job_;
};

// Opened as ",XcvPort name" or ",XcvMonitor name".
class XcvHandle : public SpoolHandle {
 public:
    enum class Target : std::uint8_t { port, monitor };
    XcvHandle(ReplyContextPtr context, std::uint32_t granted, Target target, std::string name)
        : SpoolHandle(std::move(context), granted), target_(target), name_(std::move(name)) {}
    [[nodiscard]] Target target() const { return target_; }
    [[nodiscard]] const std::string& name() const { return name_; }

 private:
    const Target target_;
    const std::string name_;
};

// Information context of a printer: CreatePrinterIC. Not a printer handle; the printer stays until it is closed.
class InformationHandle : public dcerpc::HandleObject {
 public:
    explicit InformationHandle(spooler::QueueUse use) : use_(std::move(use)) {}
    base::Task<void> rundown() override;

 private:
    spooler::QueueUse use_;
};

}  // namespace server
