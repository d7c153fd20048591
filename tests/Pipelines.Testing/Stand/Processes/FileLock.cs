namespace Pipelines.Testing.Stand.Processes;

/// <summary>Held by one process at a time; the kernel frees it when the holder dies.</summary>
internal static class FileLock
{
    public static async Task<IDisposable> TakeAsync(string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream? held = null;
        await Until.TrueAsync(
            $"the lock {path}",
            () =>
            {
                try
                {
                    held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                    return null;
                }
                catch (IOException)
                {
                    return "held by another process";
                }
            },
            timeout,
            cancellationToken: cancellationToken);
        return held!;
    }
}
