namespace Pipelines.Testing;

/// <summary>Faults in the order in which they will happen; the first that fits a request is used up by it.</summary>
public sealed class FaultScript
{
    private readonly Lock _lock = new();
    private readonly List<Line> _lines = [];

    /// <summary>For the next deploys.</summary>
    public FaultScript OnDeploy(Fault fault, int times = 1) => On("POST", "/flows", fault, times);

    /// <summary>For the next readings of the flows.</summary>
    public FaultScript OnReadFlows(Fault fault, int times = 1) => On("GET", "/flows", fault, times);

    /// <summary>For the next requests whose path starts so, below the admin root: <c>/context/node/</c>. Requests for <c>/flows</c> do not mean <c>/flows/state</c>.</summary>
    public FaultScript On(string method, string path, Fault fault, int times = 1)
    {
        lock (_lock)
        {
            _lines.Add(new Line(method, path, fault) { Left = times });
        }
        return this;
    }

    /// <summary>For every admin request until <see cref="Clear"/>.</summary>
    public FaultScript OnAll(Fault fault) => On("*", "/", fault, int.MaxValue);

    public void Clear()
    {
        lock (_lock)
        {
            _lines.Clear();
        }
    }

    internal Fault? Next(string method, string path)
    {
        lock (_lock)
        {
            var line = _lines.Find(line => line.Left > 0 && line.Fits(method, path));
            if (line is not null)
            {
                line.Left--;
            }
            return line?.Fault;
        }
    }

    private sealed record Line(string Method, string Path, Fault Fault)
    {
        public int Left { get; set; }

        public bool Fits(string method, string path) =>
            (Method == "*" || Method == method) && (Path.EndsWith('/') ? path.StartsWith(Path, StringComparison.Ordinal) : path == Path);
    }
}
