namespace Pipelines.Testing.Stand;

/// <summary>Things that are started together: when one does not come up, the others go down again.</summary>
internal static class AllOrNone
{
    public static async Task<T[]> StartedAsync<T>(IReadOnlyList<Task<T>> starting)
        where T : IAsyncDisposable
    {
        try
        {
            return await Task.WhenAll(starting);
        }
        catch
        {
            foreach (var started in starting.Where(task => task.IsCompletedSuccessfully))
            {
                await (await started).DisposeAsync();
            }

            throw;
        }
    }
}
