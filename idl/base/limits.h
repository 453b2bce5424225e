// Every numeric bound of the server, with its reason. Where the configuration has a key for one, this is the key's default.
#pragma once

#include <cstddef>
#include <cstdint>

namespace base::limits {

// --- DCE/RPC ---------------------------------------------------------------------------------------------------------
inline constexpr std::uint16_t kMaxFragmentBytes = 5840;           // what Windows proposes over TCP; also ours
inline constexpr std::uint16_t kMinFragmentBytes = 1432;           // [C706] 12.6.3.1 MustRecvFragSize
inline constexpr std::size_t kMaxStubBytes = 50U << 20U;           // Windows' spooler MaxRPCSize: 50 MiB
inline constexpr std::size_t kMaxUnauthenticatedStubBytes = 64U << 10U;  // mapper and mgmt need far less
inline constexpr std::size_t kMaxReplyBytes = 64U << 20U;          // reply larger than any legal query buffer
inline constexpr std::size_t kMaxPresentationContexts = 64;        // per connection; Windows clients use at most 4
inline constexpr std::size_t kMaxSecurityContexts = 16;            // per connection; Windows allows 2000, clients use 1..2
inline constexpr std::size_t kMaxAuthTokenBytes = 16U << 10U;      // a Kerberos token with a PAC fits
inline constexpr std::size_t kMaxCallsPerConnection = 256;         // in flight, pending notifications included
inline constexpr std::size_t kMaxExclusiveQueue = 16;              // early requests on a connection without multiplexing
inline constexpr std::size_t kMaxStubBytesInFlight = 64U << 20U;   // requests of one connection, received and not yet answered
inline constexpr std::size_t kReplyHighWaterBytes = 8U << 20U;     // unsent replies of one connection: above, no requests are read
inline constexpr std::size_t kMaxQueuedReplyBytes = 192U << 20U;   // unsent replies of one connection: above, replies become faults
inline constexpr std::size_t kMaxBufferedBytes = std::size_t{4} << 30U;  // requests and replies of all connections; at most half of the memory
inline constexpr std::size_t kFreeBufferBytes = 256U << 10U;       // of each connection not counted there; replies that wait for a stranger
inline constexpr std::size_t kMaxConnections = 4096;
inline constexpr std::size_t kMaxConnectionsPerAddress = 1024;
inline constexpr std::size_t kMaxHandlesPerGroup = 4096;           // context handles of one association group
inline constexpr std::size_t kMaxHandlesPerUser = 16'384;          // of one user, all groups together; a terminal server's users need hundreds
inline constexpr std::size_t kMaxCallIdLag = 150;                  // [MS-RPCE] 3.3.3.5.6: older call ids are ignored within this window
inline constexpr std::uint32_t kAuthenticationTimeoutMs = 30'000;  // from accept to a finished bind
inline constexpr std::uint32_t kFragmentTimeoutMs = 60'000;        // a started PDU or request must go on within this time
inline constexpr std::uint32_t kWriteTimeoutMs = 60'000;           // a peer that takes no byte of its replies for so long is gone
inline constexpr std::uint32_t kKeepAliveIdleMs = 60'000;          // then six probes, ten seconds apart, find a half-open connection
inline constexpr std::uint32_t kUnauthenticatedIdleMs = 30'000;    // a connection without a user's logon, since its last call; clients need seconds
inline constexpr std::uint32_t kLingerMs = 2'000;                  // for the peer to read our last words before the socket closes
inline constexpr std::size_t kWriteBurstBytes = 128U << 10U;       // most that is sealed ahead of the socket
inline constexpr std::size_t kMaxListenAddresses = 64;
inline constexpr std::size_t kMaxMapperReply = 500;                // rows per answer: range of ept_lookup and ept_map [C706] appendix O

// --- NDR -------------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxNdrElements = 1U << 20U;          // elements of one array that are not bytes or characters
inline constexpr std::size_t kMaxArenaBytes = 128U << 20U;         // decoded form of one request plus its reply

// --- Security --------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxSecurityDescriptorBytes = 64U << 10U;  // ACL sizes are 16 bit
inline constexpr std::size_t kMaxAces = 1024;
inline constexpr std::size_t kMaxAccountNameChars = 256;           // user, domain, workstation of a logon: Windows' UNLEN
inline constexpr std::size_t kMaxSpnegoMechanisms = 32;            // OIDs in one mechTypes list; Windows sends 4
inline constexpr std::size_t kMaxAccounts = 100'000;               // users and groups of the local account file

inline constexpr std::size_t kLogLinesPerMinute = 20;              // of one kind about one peer; the rest of the minute is only counted
inline constexpr std::size_t kLogLinesPerMinuteInTotal = 1'000;    // of all limited kinds and peers
inline constexpr std::size_t kMaxLogPeers = 1'024;                 // kinds and peers counted apart in one minute; further ones together

// --- Spooler ---------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxPrinters = 50'000;
inline constexpr std::size_t kMaxJobsPerQueue = 100'000;
inline constexpr std::size_t kMaxPorts = 50'000;
inline constexpr std::size_t kSpoolChunkBytes = 64U << 10U;        // most that one job keeps in memory on its way to the device
inline constexpr std::size_t kMaxWriteBytes = 16U << 20U;          // one WritePrinter; larger ones are taken in part
inline constexpr std::uint32_t kMaxFlushDelayMs = 60'000;          // a port rests no longer after FlushPrinter, whatever cSleep says
inline constexpr std::size_t kMaxNameChars = 260;                  // incl. NUL, as Windows restricts most names [MS-RPRN] 2.2.4.3 … 2.2.4.18
inline constexpr std::size_t kMaxPrinterNameChars = 539;
inline constexpr std::size_t kMaxServerNameChars = 259;
inline constexpr std::size_t kMaxCommentChars = 4096;              // generous: Windows tools write up to 255, scripts more
inline constexpr std::size_t kMaxDocumentNameChars = 4096;
inline constexpr std::size_t kMaxSubscriptionEvents = 4096;        // merged entries before "discarded"
inline constexpr std::size_t kMaxSubscriptionsPerGroup = 256;
inline constexpr std::size_t kMaxSubscriptions = 16'384;           // of all clients: every event of a printer walks its list
inline constexpr std::uint32_t kNotificationPauseMs = 100;         // between two answers to one client when many clients are told much
inline constexpr std::size_t kMaxPromptNotifications = 200;        // answers to all clients in that time before clients have to pause
inline constexpr std::size_t kMaxForms = 10'000;                   // added by users, all printers together
inline constexpr std::size_t kMaxDrivers = 10'000;                 // all names, environments and versions
inline constexpr std::size_t kMaxDriverFiles = 1'000;              // of one driver; the largest known ones have some hundred
inline constexpr std::size_t kMaxDriverListItems = 1'000;          // dependent files, previous names … of one driver
inline constexpr std::size_t kMaxDriverPathChars = 1'024;          // a path or text of a driver as clients send it
inline constexpr std::size_t kMaxDriverPathParts = 8;              // directories and name below an environment's upload area
inline constexpr std::uint64_t kMaxDriverFileBytes = std::uint64_t{512} << 20U;    // one file of a driver
inline constexpr std::uint64_t kMaxDriverBytes = std::uint64_t{2} << 30U;          // all files of one driver
inline constexpr std::uint64_t kMaxDriverStoreBytes = std::uint64_t{64} << 30U;    // all installed driver files, each content once
inline constexpr std::size_t kMaxUploadEntries = 100'000;          // names looked at to find an uploaded file in another case
inline constexpr std::size_t kMaxDataValueBytes = 1U << 20U;       // one server or printer data value
inline constexpr std::size_t kMaxPrinterDataBytes = 8U << 20U;     // names and data of one printer
inline constexpr std::size_t kMaxPrinterDataValues = 20'000;       // of one printer; drivers keep some hundred
inline constexpr std::size_t kMaxPrinterDataKeys = 4'096;          // of one printer
inline constexpr std::size_t kMaxPrinterDataDepth = 32;            // keys above one another, "a\b\c" has 3
inline constexpr std::size_t kMaxMachineConnections = 1024;        // per-machine connections: administrators push a handful
inline constexpr std::size_t kMaxBidiItems = 256;                  // of one SendRecvBidiData request
inline constexpr std::size_t kMaxPoolPorts = 64;                   // ports of one printer
inline constexpr std::uint32_t kJobIdBlock = 1024;                 // job ids reserved by one durable counter update
inline constexpr std::size_t kMaxJobProperties = 256;              // named properties of one job; Windows clients set one or two
inline constexpr std::size_t kMaxJobPropertyNameChars = 260;       // incl. NUL, as other names
inline constexpr std::size_t kMaxJobPropertyBytes = 64U << 10U;    // one value
inline constexpr std::size_t kMaxJobPropertiesBytes = 256U << 10U; // names and values of one job: written with each change of the job
inline constexpr std::size_t kMaxAllJobPropertiesBytes = 64U << 20U;  // of all jobs: they stay in memory
inline constexpr std::size_t kMaxJobMetadataBytesPerUser = std::size_t{256} << 20U;  // DEVMODEs and texts of one user's jobs and handles
inline constexpr std::size_t kMaxBranchLogEntries = 1024;          // of one LogJobInfoForBranchOffice; clients send what one job made
inline constexpr std::size_t kMaxEventTextChars = 1024;            // a text in the event log; longer ones are cut
inline constexpr std::size_t kMaxEventLogFileBytes = 4U << 20U;    // then the file is rotated
inline constexpr std::size_t kMaxEventLogFiles = 4;                // rotated files kept beside the current one
inline constexpr std::size_t kMaxEventLogRows = 10'000;            // one answer of the event log's reader

// --- Driver packages: what the sandboxed reader takes --------------------------------------------------------------
inline constexpr std::size_t kMaxInfBytes = 8U << 20U;             // the largest INF files in use have about 1 MiB
inline constexpr std::size_t kMaxInfLines = 262'144;
inline constexpr std::size_t kMaxInfLineChars = 16U << 10U;        // with its continuations; Windows' setup takes 4096
inline constexpr std::size_t kMaxInfValues = 1'024;                // in one line
inline constexpr std::size_t kMaxInfSections = 16'384;
inline constexpr std::size_t kMaxInfNeeds = 64;                    // sections of one driver that need each other
inline constexpr std::size_t kMaxInfExpandedBytes = 32U << 20U;    // after %strings% have been replaced
inline constexpr std::size_t kMaxPackageDrivers = 8'192;           // names times environments; universal drivers list some hundred models
inline constexpr std::size_t kMaxPackageCoreDrivers = 64;
inline constexpr std::size_t kMaxPackageCatalogs = 8;              // one per architecture at most
inline constexpr std::size_t kMaxPackageFileUses = 262'144;        // files of all drivers of a package, shared ones counted each time
inline constexpr std::size_t kMaxPackageFiles = 4'096;
inline constexpr std::uint64_t kMaxPackageBytes = std::uint64_t{1} << 30U;   // unpacked; the largest packages have some hundred MiB
inline constexpr std::size_t kMaxPackagePathBytes = 1'024;         // of one file below the package's directory
inline constexpr std::size_t kMaxPackageNotes = 64;
inline constexpr std::size_t kMaxDirectoryEntries = 65'536;        // of one directory that a package is read from
inline constexpr std::size_t kMaxWorkerWarnings = 16;
inline constexpr std::size_t kMaxWorkerTextBytes = 4'096;          // one text in a worker's answer
inline constexpr std::size_t kMaxCabinetBytes = std::size_t{1} << 30U;   // packed; the format ends at 2 GiB
inline constexpr std::size_t kMaxCatalogBytes = 16U << 20U;        // a member takes some hundred bytes
inline constexpr std::size_t kMaxCatalogMembers = 65'536;
inline constexpr std::size_t kMaxTrustBytes = 16U << 20U;          // of all files of the trust store
inline constexpr int kMaxSignatureCertificates = 64;               // that come with one signature; real ones have two to five
inline constexpr std::size_t kMaxChainLength = 10;                 // from a signer to the last certificate that is not trusted itself
inline constexpr std::size_t kMaxChainAttempts = 64;               // ways from a signer up; a forger could lay very many
inline constexpr std::size_t kMaxPeHeaderBytes = 64U << 10U;       // where a program's headers end, for its Authenticode hash
inline constexpr std::size_t kMaxWorkerRequestBytes = 64U << 10U;
inline constexpr std::size_t kMaxWorkerReplyBytes = 64U << 20U;    // one JSON document
inline constexpr std::size_t kMaxWorkerLogBytes = 16U << 10U;      // what a worker says on standard error
inline constexpr std::size_t kMaxWorkers = 2;                      // at a time; further requests wait
inline constexpr std::size_t kWorkerMemoryBytes = std::size_t{2} << 30U;  // address space of one worker
inline constexpr std::size_t kMaxWorkerFiles = 32;                 // descriptors of one worker
inline constexpr std::uint32_t kWorkerTimeoutMs = 120'000;         // a package of 1 GiB is hashed and packed within this on slow disks

// --- Driver packages: the store ------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxDriverPackages = 2'000;           // in the driver store; big print servers have some hundred
inline constexpr std::uint64_t kMaxDriverPackagesBytes = std::uint64_t{256} << 30U;  // their files together
inline constexpr std::size_t kMaxPackageDepth = 8;                 // directories above one another in a package
inline constexpr std::size_t kMaxPackageStagings = 4;              // packages taken in at the same time: each is copied and parsed

// --- Storage ---------------------------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxQueuedChanges = 65'536;           // changes waiting for the storage thread
inline constexpr std::size_t kMaxGroupCommit = 1024;               // changes in one SQLite transaction

// --- Query replies ---------------------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxSizeCacheEntries = 256;           // size queries remembered for the fetch that follows, all clients
inline constexpr std::size_t kMaxSizeCacheRows = 200'000;          // rows of all of them together
inline constexpr std::uint32_t kSizeCacheLifetimeMs = 3'000;       // clients fetch within milliseconds
inline constexpr std::size_t kMaxKnownPrinters = 256;              // [MS-RPRN] 3.1.1 List of Known Printers

}  // namespace base::limits
