-- Takes out what the definitions do not say any more.
delete from schedule s
using unnest(@pipelines::text[], @names::text[]) as gone (pipeline, name)
where s.pipeline = gone.pipeline and s.name = gone.name
