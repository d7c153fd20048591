using Pipelines.Engine.Stages.Snapshot;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Engine.Instances;

/// <summary>Stored flows, read once: a rollout asks for the same two or three sets again and again. Keeps the last few; they never change (I8).</summary>
public sealed class FlowSets(ISnapshotReader store)
{
    private const int Kept = 16;
    private readonly Lock _lock = new();
    private readonly LinkedList<FlowSet> _recent = [];

    /// <exception cref="FlowsMissingException">They are not stored, or are no flows.</exception>
    public async Task<FlowSet> GetAsync(string digest, CancellationToken cancellationToken)
    {
        var wanted = Digest.Parse(digest);
        if (Recent(wanted) is { } known)
        {
            return known;
        }

        var raw = await store.FindAsync(wanted, cancellationToken)
            ?? throw new FlowsMissingException($"There is no snapshot {wanted}. Promote from the instance again.");
        return FlowSet.Parse(raw) switch
        {
            FlowSetAnswer.Read read => Remember(read.Flows),
            FlowSetAnswer.Refused refused => throw new FlowsMissingException($"Snapshot {wanted.Short} {refused.Reason}"),
            _ => throw new InvalidOperationException("Flows are read or refused."),
        };
    }

    /// <summary>Keeps what was just read from an instance, so that the next stage need not read it again.</summary>
    public FlowSet Remember(FlowSet flows)
    {
        lock (_lock)
        {
            if (Find(flows.Digest) is null)
            {
                _recent.AddFirst(flows);
                if (_recent.Count > Kept)
                {
                    _recent.RemoveLast();
                }
            }
        }

        return flows;
    }

    private FlowSet? Recent(Digest digest)
    {
        lock (_lock)
        {
            if (Find(digest) is not { } node)
            {
                return null;
            }

            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value;
        }
    }

    private LinkedListNode<FlowSet>? Find(Digest digest)
    {
        for (var node = _recent.First; node is not null; node = node.Next)
        {
            if (node.Value.Digest == digest)
            {
                return node;
            }
        }

        return null;
    }
}

/// <summary>Flows that were asked for by digest are not there; the message says what to do.</summary>
public sealed class FlowsMissingException(string message) : Exception(message);
