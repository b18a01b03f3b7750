// Loaded into a server before its own code where the kernel does not tell what a process uses: it tells itself.
process.on("message", (message) => {
  if (message !== "usage") return;
  const { user, system } = process.cpuUsage();
  process.send({ cpuMs: (user + system) / 1000, residentKb: process.memoryUsage.rss() / 1024 });
});
// Nobody stays for this alone.
process.channel?.unref?.();
