using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers.Schedules;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Schedules;

/// <summary>
/// Brings the rows of schedules to what the definitions say: at the start, and when files were taken up. Whoever takes up definitions last decides for all
/// processes; one that still has an older text of a schedule leaves its times alone until it has the new one.
/// </summary>
internal sealed partial class ScheduleKeeper(IServiceScopeFactory scopes, DefinitionShelf shelf, TimeProvider time, ILogger<ScheduleKeeper> logger) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private volatile ScheduleBook? _book;

    /// <summary>The schedules in force, written down.</summary>
    public async Task<ScheduleBook> BookAsync(CancellationToken cancellationToken)
    {
        if (_book is { } known && ReferenceEquals(known.Definitions, shelf.Current))
        {
            return known;
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            var definitions = shelf.Current;
            if (_book is not { } book || !ReferenceEquals(book.Definitions, definitions))
            {
                book = new ScheduleBook(definitions);
                await WriteAsync(book, cancellationToken);
                _book = book;
            }

            return book;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task WriteAsync(ScheduleBook book, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork>();
        var rows = await unit.QueryAsync<ScheduleStanding>(ScheduleSql.LockAll, null, cancellationToken);
        var there = rows.ToDictionary(x => (x.Pipeline, x.Name));
        var now = time.GetUtcNow();
        var changed = book.All.Where(x => !there.TryGetValue((x.Pipeline, x.Name), out var row) || row.Digest != x.Digest || row.Alone != x.StartsAlone).ToList();
        var gone = rows.Where(x => book.Find(x.Pipeline, x.Name) is null).ToList();
        if (changed.Count > 0)
        {
            var next = changed.ConvertAll(x => NextOf(x, there.GetValueOrDefault((x.Pipeline, x.Name)), now));
            unit.Later(ScheduleSql.Put, new
            {
                pipelines = changed.Select(x => x.Pipeline).ToArray(),
                names = changed.Select(x => x.Name).ToArray(),
                digests = changed.Select(x => x.Digest).ToArray(),
                alone = changed.Select(x => x.StartsAlone).ToArray(),
                nominal_ats = next.ToArray(),
                due_ats = next.Select((x, i) => x is { } nominal ? changed[i].Times.DueOf(nominal) : (DateTimeOffset?)null).ToArray(),
            });
        }

        if (gone.Count > 0)
        {
            unit.Later(ScheduleSql.TakeOut, new { pipelines = gone.Select(x => x.Pipeline).ToArray(), names = gone.Select(x => x.Name).ToArray() });
            unit.Later(ScheduleSql.Nobodys, new { now });
        }

        await unit.CommitAsync(cancellationToken);
        if (changed.Count + gone.Count > 0)
        {
            LogWritten(book.All.Count, changed.Count, gone.Count);
        }
    }

    // A time that has come and waits for its jitter, or for an engine that was down, is not forgotten over a change of its text.
    private static DateTimeOffset? NextOf(Schedule schedule, ScheduleStanding? row, DateTimeOffset now) =>
        row is { Paused: false, NominalAt: { } pending } && pending <= now ? schedule.Times.NextFrom(pending) : schedule.Times.NextAfter(now);

    [LoggerMessage(2341, LogLevel.Information, "{Count} schedule(s) are in force: {Changed} of them new or changed, {Gone} taken out.")]
    private partial void LogWritten(int count, int changed, int gone);
}
