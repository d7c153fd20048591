using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Engine.Durable;
using Pipelines.Storage.Durable;

namespace Pipelines.Storage.Outbox;

/// <summary>Deletes what was sent, in batches and without waiting for the disk.</summary>
internal sealed partial class OutboxSweeper(NpgsqlDataSource dataSource, TimeProvider time, ILogger<OutboxSweeper> logger)
{
    private const int BatchSize = 500;

    private readonly Channel<Guid> _sent = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    public void Delete(Guid messageId) => _sent.Writer.TryWrite(messageId);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        CrashPoint.Within("sweeper");
        var ids = new List<Guid>(BatchSize);
        while (await _sent.Reader.WaitToReadAsync(cancellationToken))
        {
            while (ids.Count < BatchSize && _sent.Reader.TryRead(out var id))
            {
                ids.Add(id);
            }

            try
            {
                await DeleteAsync(ids, cancellationToken);
                ids.Clear();
            }
            catch (Exception e) when (PostgresTrouble.IsAbsence(e))
            {
                // Kept and tried again. Should this process die before, the messages are sent twice and the inbox swallows them.
                LogPostponed(ids.Count, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
                if (ids.Count > 0)
                {
                    _sent.Writer.TryWrite(ids[^1]);
                    ids.RemoveAt(ids.Count - 1);
                }
            }
        }
    }

    private async Task DeleteAsync(List<Guid> ids, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        // The batch is one transaction, so this holds for it alone.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("set local synchronous_commit = off"));
        var delete = new NpgsqlBatchCommand(OutboxSql.Delete);
        Parameters.AddTo(delete.Parameters, new { message_ids = ids.ToArray() });
        batch.BatchCommands.Add(delete);
        CrashPoint.Here("delete.before");
        await batch.ExecuteNonQueryAsync(cancellationToken);
        CrashPoint.Here("delete.after");
    }

    [LoggerMessage(2111, LogLevel.Information, "{Count} sent message(s) could not be deleted from the outbox yet: {Reason}")]
    private partial void LogPostponed(int count, string reason);
}
