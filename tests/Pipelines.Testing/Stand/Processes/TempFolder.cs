namespace Pipelines.Testing.Stand.Processes;

internal static class TempFolder
{
    public static string Create(string name) => Directory.CreateTempSubdirectory($"pipelines-{name}-").FullName;

    // A process that was just killed may still be writing its last file.
    public static async Task RemoveAsync(string folder)
    {
        for (var attempt = 1; Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (attempt < 20)
            {
                await Task.Delay(50);
            }
        }
    }
}
