namespace Pipelines.Storage.Sagas;

internal static class SagaSql
{
    public static readonly string Lock = Query.Load("sagas/lock");
    public static readonly string Read = Query.Load("sagas/read");
    public static readonly string Insert = Query.Load("sagas/insert");
    public static readonly string Update = Query.Load("sagas/update");
    public static readonly string Trim = Query.Load("sagas/trim");
    public static readonly string Delete = Query.Load("sagas/delete");
}
